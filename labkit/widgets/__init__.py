"""Widgets: microphone, speaker, camera, screen, whiteboard; Python and JavaScript halves of one stem."""
