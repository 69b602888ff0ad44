#!/bin/sh
# Makes keys and genesis for the four validators of compose.yaml, once: the ceremony of docs/ceremony.md,
# played by one machine that holds the keys of all.
#
#     sh setup.sh ROOT AUTHORITY_FILE
#
# ROOT/validator-1 to ROOT/validator-4 are the data folders. A genesis that is there is never replaced.
set -eu

root=$1
authority=$2
names='validator-1 validator-2 validator-3 validator-4'
network=birthmark.compose

birthmark() {
  node "${BIRTHMARK:-/app/bin/birthmark.js}" "$@"
}

# Each file appears whole: a run that is cut off is repeated.
put_genesis() {
  for name in $names; do
    [ ! -f "$root/$name/genesis.json" ] || continue
    if [ ! -d "$root/$name/keys" ]; then
      echo "$name has no keys, and the genesis names keys that it had: restore them from a backup" >&2
      exit 1
    fi
    cp "$1" "$root/$name/genesis.json.next"
    mv "$root/$name/genesis.json.next" "$root/$name/genesis.json"
  done
}

for name in $names; do
  if [ -f "$root/$name/genesis.json" ]; then
    put_genesis "$root/$name/genesis.json"
    echo 'keys and genesis are there'
    exit 0
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for name in $names; do
  if [ ! -d "$root/$name/keys" ]; then
    rm -rf "$root/$name/keys.next"
    birthmark keys create --dir "$root/$name/keys.next" >"$work/log"
    mv "$root/$name/keys.next" "$root/$name/keys"
  fi
  birthmark genesis apply --network "$network" --name "$name" --address "/dns4/$name/tcp/26656" \
    --keys "$root/$name/keys" --out "$work/$name.application.json"
done

birthmark genesis assemble "$work"/*.application.json --network "$network" --authority "$authority" \
  --log-key "$work/log-key.pem" --sealed-out "$work/log-key.age" --out "$work/genesis.json" --json \
  >"$work/assembled.json"
chain_id=$(sed 's/.*"chain_id":"\([0-9a-f]*\)".*/\1/' "$work/assembled.json")

for name in $names; do
  birthmark genesis sign "$work/genesis.json" --application "$work/$name.application.json" \
    --keys "$root/$name/keys" --chain-id "$chain_id" --json >"$work/log"
done
birthmark genesis check "$work/genesis.json" "$work"/*.signature.json --out "$work/signed.json"
put_genesis "$work/signed.json"
