"""What the commands do: one file each, loaded when its command is called."""
