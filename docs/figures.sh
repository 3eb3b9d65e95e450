#!/usr/bin/env bash
# Makes the figures and tables that README and docs show. Takes about half an hour on two cores; a stopped run goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
out=runs/docs
.venv/bin/optscaling reproduce ramani-jain --sizes 200,500,1000,2000 --seeds 10 --out "$out" | tee docs/reproduction.txt
for figure in alpha-against-s alpha-against-steps risk-against-size; do
  cp "$out/figures/$figure.png" "docs/figures/$figure.png"
done
.venv/bin/optscaling reproduce docs/published-window.toml --out runs/docs-window | tee docs/published-window.txt
.venv/bin/optscaling reproduce docs/budget.toml --out runs/docs-budget | tee docs/budget.txt
.venv/bin/python examples/density.py docs/figures/density.png
.venv/bin/optscaling predict docs/table-1-budget.toml > docs/table-1-budget.txt
for optimizer in sgd dana-decaying; do
  .venv/bin/optscaling phases "$optimizer" --figure "docs/figures/phases-$optimizer.png"
done
