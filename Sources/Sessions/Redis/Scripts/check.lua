#!lua
-- Does nothing. Without flags Redis counts a script as a writer, and refuses it as it would refuse a commit: out of
-- memory, read-only replica, failed snapshot, too few replicas.
return 1
