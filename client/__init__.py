"""A client of ComfyUI servers: queue a workflow with other inputs, follow it, fetch what it makes.

It stands on aiohttp, which ComfyUI itself brings: one library for requests, uploads and the websocket. The ComfyUI clients
on PyPI were looked at first (November 2026). The best kept, comfy-api-simplified 1.6, waits on one websocket without
reconnecting, holds results in memory, and interrupts whatever runs; the others had one or two releases, or pin Pillow.
"""
