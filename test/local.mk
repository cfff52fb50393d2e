# What needs more than one room: vectors, processes, wallets.
EXTRA_DIST += test/unit.h test/model/ledger_model.c test/model/ledger_model.h
