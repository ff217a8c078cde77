"""The agents' console. Only `mount` and `parts` may be imported before somebody signed in opens it: NiceGUI is loaded then, not before."""
