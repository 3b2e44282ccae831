"""The proxy of the browser tests; it lives with the scripts, of which one proves Binder with it."""

from reverse_proxy import Proxy, self_signed

__all__ = ["Proxy", "self_signed"]
