# Figures: make bench.
