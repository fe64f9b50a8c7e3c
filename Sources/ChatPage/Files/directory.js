// What there is to choose from: who uses the page, and the projects, sprints and stories that they may see.

/** What the sandbox holds, for a service that does not say. */
const SANDBOX = {
  sign_in: "none",
  user: { id: 738718, username: "jdlafond", email: "jdlafond@asu.edu", roles: ["Product Owner"] },
  project_id: 1729875,
  milestone_id: 499548,
};

export class Directory {
  /** Whether the service has the routes for all this. */
  #isThere = true;

  /** @param {import("./parley-client.js").ParleyClient} client */
  constructor(client) {
    this.client = client;
  }

  /** How the service is set up: `{sign_in, user, project_id, milestone_id}`. */
  async setup() {
    const told = await this.#get("/agent/setup");
    this.#isThere = told !== null;
    const setup = told ?? SANDBOX;
    return setup.sign_in === "none" ? { ...setup, user: setup.user ?? SANDBOX.user } : setup;
  }

  /** Signs in; the user. The client has their tokens from then on. */
  async signIn(username, password) {
    const answer = await this.client.call("POST", "/agent/login", { body: { username, password } });
    this.client.tokens = { auth_token: answer.auth_token, refresh: answer.refresh };
    return answer.user;
  }

  /** The projects; `null` where the service does not say. So with the other lists. */
  async projects() {
    return (await this.#get("/agent/projects"))?.projects ?? null;
  }

  async milestones(project) {
    return (await this.#get(`/agent/projects/${project}/milestones`))?.milestones ?? null;
  }

  async userStories(project, milestone) {
    return (await this.#get(`/agent/projects/${project}/user_stories?milestone_id=${milestone}`))?.user_stories ?? null;
  }

  async #get(path) {
    if (!this.#isThere) return null;
    try {
      return await this.client.call("GET", path);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }
}
