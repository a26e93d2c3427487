"""What a request costs, in process and served, and how it grows: see the README beside."""
