#!/bin/sh
# Makes the certificates of the TLS tests, valid from 2020 to 2120 whatever the clock says. Nobody trusts this authority,
# and its key is thrown away: to change one certificate, make them all.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

touch "$work/index"
cat > "$work/config" <<END
[ca]
default_ca = test
[test]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
END

# where its key goes, name, common name, extensions, and how it is signed
issue() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1/$2.key"
  openssl req -config "$work/config" -new -key "$1/$2.key" -subj "/CN=$3" -out "$work/$2.csr"
  printf '%s\n' "$4" > "$work/$2.ext"
  openssl ca -config "$work/config" -batch -notext -startdate 20200101000000Z -enddate 21200101000000Z \
    -extfile "$work/$2.ext" -in "$work/$2.csr" -out "$2.crt" $5
}
signed="-cert authority.crt -keyfile $work/authority.key"

issue "$work" authority 'connpool test authority' 'basicConstraints=critical,CA:TRUE' "-selfsign -keyfile $work/authority.key"
issue . localhost localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' "$signed"
issue . elsewhere elsewhere.test 'subjectAltName=DNS:elsewhere.test' "$signed"
issue . client 'connpool test client' 'subjectAltName=DNS:client.test' "$signed"
