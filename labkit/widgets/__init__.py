"""Widgets: microphone, speaker, camera; each a Python half and a JavaScript half of the same stem."""
