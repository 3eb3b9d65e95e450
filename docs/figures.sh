#!/usr/bin/env bash
# Makes the figures and tables that README and docs show. Takes about 15 minutes on two cores; a stopped run goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
out=runs/docs
.venv/bin/optscaling reproduce ramani-jain --sizes 200,500,1000,2000 --seeds 10 --out "$out" | tee docs/reproduction.txt
for figure in alpha-against-s alpha-against-steps risk-against-size; do
  cp "$out/figures/$figure.png" "docs/figures/$figure.png"
done
