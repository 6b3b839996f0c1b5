"""The recordings' state machine: registered, followed, and deleted only when everything before has been done."""
