"""`hipflask new`: the starter, copied and renamed; `hipflask diff`: what it has gained since."""
