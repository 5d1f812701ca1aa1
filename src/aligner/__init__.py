"""Which actions of the Global Compact for Migration does a policy address; where are the gaps?"""

__version__ = "0.1.0"
