"""Which actions of the Global Compact for Migration does a policy address, and where are the gaps?"""

__version__ = "0.1.0"
