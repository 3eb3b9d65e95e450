#!/usr/bin/env bash
# Makes the figures and tables that README and docs show. Half an hour on two cores, and as much again for `measure`,
# which repeats the run that docs/table-1 keeps; a stopped run goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
run=.venv/bin/optscaling
if [ "${1:-}" = measure ]; then
  "$run" simulate ramani-jain --processes 2 --out runs/table-1
  cp runs/table-1/manifest.json runs/table-1/risk.nc docs/table-1/
fi
"$run" compare docs/table-1 --figures runs/docs-figures | grep -v "^figures: " > docs/reproduction.txt
for figure in alpha-against-s alpha-against-steps risk-against-size; do
  cp "runs/docs-figures/$figure.svg" "docs/figures/$figure.svg"
done
.venv/bin/python benchmarks/published_causes.py > docs/published-causes.txt
.venv/bin/python benchmarks/sign_choice.py --seeds 2 > docs/sign-choice.txt
"$run" reproduce docs/label-noise.toml --out runs/label-noise | grep -v "^report: " > docs/label-noise.txt
for example in matrix optax; do
  "$run" simulate "examples/$example.toml" --processes 2 --out "runs/$example" | grep -v "^run: " > "docs/$example.txt"
done
.venv/bin/python examples/density.py docs/figures/density.png
.venv/bin/python docs/architecture.py
.venv/bin/python benchmarks/network_drift.py > docs/network-drift.txt
"$run" predict docs/table-1-budget.toml > docs/table-1-budget.txt
.venv/bin/python benchmarks/schedules.py > docs/schedules.txt
.venv/bin/python benchmarks/random_tables.py > docs/random-tables.txt
.venv/bin/python benchmarks/offset_tables.py > docs/offset-tables.txt
"$run" schedules --s 1 --r 2 --figure docs/figures/schedules.png
"$run" batch sgd --s 1 --r 2 --schedule power:4 --tokens 1e6 --figure docs/figures/batch.png
"$run" spike --bulk 0.5:1 --dim 600 --size 300 --strength 3 --figure docs/figures/spike.png
for optimizer in sgd dana-decaying; do
  "$run" phases "$optimizer" --figure "docs/figures/phases-$optimizer.png"
done
# the page on real runs
runs=tests/data/fantastic_optimizers.csv
"$run" fit "$runs" --form joint --drop optimizer=Sophia --size-unit 3e8 --token-unit 2e10 \
  --figure docs/figures/exponent-changes.png > docs/exponent-changes.txt
"$run" forecast "$runs" --drop optimizer=Sophia --at 2x --compute 1e21 --target-loss 2.7 \
  --figure docs/figures/forecast.png > docs/forecast.txt
"$run" plan "$runs" --question "muon > adamw at 10x" --budget 1e21 > docs/plan.txt
"$run" fit tests/data/adana_ladder.csv --form joint > docs/flat-gap.txt
"$run" fit tests/data/multipower_curves.csv --form multipower --train cosine_24000,constant_24000,wsdcon_9 \
  --warm-up 2160 > docs/multipower.txt
