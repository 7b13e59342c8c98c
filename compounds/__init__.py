"""The compounds wing: the register, the firms, and what is decided for each compound."""
