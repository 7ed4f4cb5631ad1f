#!/usr/bin/env bash
# The contract of stores and queues on DynamoDB and SQS, as ministack has them,
# and the operators' commands on both.
set -euo pipefail
cd "$(dirname "$0")/../.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
export MS_HOME="$target/contract-ministack"
# With the features of the whole workspace: what its tests have built is not built again.
cargo build --quiet --locked --workspace --features registrar/aws --bin registrar
# A copy, as another build without AWS takes the program's place.
install -D "$target/debug/registrar" "$target/contract-registrar/registrar"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
MS_PORT=$port tests/aws/ministack/start.sh
trap tests/aws/ministack/stop.sh EXIT
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 \
  AWS_ENDPOINT_URL="http://127.0.0.1:$port" \
  REGISTRAR_PROGRAM="$target/contract-registrar/registrar" \
  cargo test --quiet --locked --workspace --test contract_aws
