"""Queue a workflow with other inputs on ComfyUI servers, follow it, and fetch its results.

It uses aiohttp, which ComfyUI requires too: one library for requests, uploads and the websocket. The ComfyUI clients on PyPI
were looked at first (November 2026). The best kept, comfy-api-simplified 1.6, waits on one websocket without reconnecting,
holds results in memory, and interrupts whatever runs; the others had one or two releases, or pin Pillow.
"""
