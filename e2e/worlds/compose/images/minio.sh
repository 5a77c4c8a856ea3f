#!/bin/bash
# minio server FOLDER, by another S3 server.
set -euo pipefail
[ "$1" = server ]
export ROOT_ACCESS_KEY=$MINIO_ROOT_USER ROOT_SECRET_KEY=$MINIO_ROOT_PASSWORD
exec versitygw --port :9000 --region us-east-1 --quiet --health /minio/health/live posix "$2"
