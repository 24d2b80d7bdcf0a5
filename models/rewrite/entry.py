MODES = ("auto", "search", "warp")
