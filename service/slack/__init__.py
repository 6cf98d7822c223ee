"""Slack: the slash command, mentions and buttons, answered as whoever asks there."""
