#!/usr/bin/env bash
# Makes one key of each kind in every form that ssh-keygen, OpenSSL and PuTTYgen write: make_forms.sh DIRECTORY.
# Those whose names end in `-locked` have the passphrase `open sesame`. Takes OpenSSH, OpenSSL 3 and putty-tools.
set -euo pipefail
cd "$1"
passphrase='open sesame'
printf '%s' "$passphrase" > passphrase
: > nothing
legacy=(-provider legacy -provider default)

for kind in ed25519 rsa p256 p384 p521; do
  case $kind in
    ed25519) ssh-keygen -q -t ed25519 -N '' -C "$kind" -f base ;;
    rsa) ssh-keygen -q -t rsa -b 2048 -N '' -C "$kind" -f base ;;
    p*) ssh-keygen -q -t ecdsa -b "${kind#p}" -N '' -C "$kind" -f base ;;
  esac
  mv base.pub "$kind.pub"
  mv base "$kind-openssh"
  cp "$kind-openssh" locked
  ssh-keygen -q -p -P '' -N "$passphrase" -f locked && mv locked "$kind-openssh-locked"
  # PuTTYgen reads OpenSSH's form, and writes PEM, from which OpenSSL makes the rest.
  puttygen "$kind-openssh" -O private -o "$kind-putty3"
  puttygen "$kind-openssh" -O private --ppk-param version=2 -o "$kind-putty2"
  puttygen "$kind-openssh" -O private --ppk-param passes=13 --new-passphrase passphrase -o "$kind-putty3-locked"
  puttygen "$kind-openssh" -O private --ppk-param version=2 --new-passphrase passphrase -o "$kind-putty2-locked"
  puttygen "$kind-putty3" -O private-openssh-new -o "$kind-puttygen-openssh"
  if [ "$kind" = ed25519 ]; then
    # OpenSSL does not read OpenSSH's form: the seed is the first half of the private field, RFC 8410 says what is around it.
    seed=$(sed '1d;$d' ed25519-openssh | tr -d '\n' | base64 -d | xxd -p -c 1000 | sed 's/.*00000040\(.\{64\}\).*/\1/')
    printf '302e020100300506032b657004220420%s' "$seed" | xxd -r -p | openssl pkey -inform DER -out "$kind-pkcs8"
  else
    puttygen "$kind-putty3" -O private-openssh -o "$kind-puttygen-pem"
    puttygen "$kind-putty3-locked" --old-passphrase passphrase -O private-openssh -o "$kind-puttygen-pem-locked"
    openssl pkcs8 -topk8 -nocrypt -in "$kind-puttygen-pem" -out "$kind-pkcs8"
    for cipher in des3 des aes128 aes192 aes256; do
      openssl pkey -traditional -in "$kind-pkcs8" "-$cipher" -passout "pass:$passphrase" "${legacy[@]}" \
        -out "$kind-pem-$cipher-locked"
    done
  fi
  for scheme in PBE-MD5-DES PBE-SHA1-DES PBE-SHA1-3DES; do
    openssl pkcs8 -topk8 -v1 "$scheme" -in "$kind-pkcs8" -passout "pass:$passphrase" "${legacy[@]}" \
      -out "$kind-pkcs8-${scheme,,}-locked"
  done
  for cipher in des3 aes-128-cbc aes-192-cbc aes-256-cbc; do
    openssl pkcs8 -topk8 -v2 "$cipher" -in "$kind-pkcs8" -passout "pass:$passphrase" -out "$kind-pkcs8-$cipher-locked"
  done
  openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA1 -in "$kind-pkcs8" -passout "pass:$passphrase" \
    -out "$kind-pkcs8-sha1-locked"
  openssl pkcs8 -topk8 -scrypt -in "$kind-pkcs8" -passout "pass:$passphrase" -out "$kind-pkcs8-scrypt-locked"
done

for kind in p256 p384 p521; do
  openssl ec -in "$kind-pkcs8" -out "$kind-sec1" 2> nothing
  openssl ec -in "$kind-pkcs8" -param_enc explicit -out "$kind-sec1-explicit" 2> nothing
  openssl pkcs8 -topk8 -nocrypt -in "$kind-sec1-explicit" -out "$kind-pkcs8-explicit"
  { openssl ecparam -name "$(openssl ec -in "$kind-sec1" -noout -text 2> nothing | sed -n 's/ASN1 OID: //p')"; cat "$kind-sec1"; } \
    > "$kind-ecparam"
done
openssl rsa -in rsa-pkcs8 -traditional -out rsa-pkcs1 2> nothing
rm -f base nothing passphrase
