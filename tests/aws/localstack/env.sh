# Environment of LocalStack 4.14.0 in host mode (no Docker). LS_HOME holds all of
# its state, LS_PORT is where it listens.
: "${LS_HOME:?set LS_HOME to a scratch folder}"
: "${LS_PORT:=4566}"
export FILESYSTEM_ROOT=$LS_HOME/fs XDG_CACHE_HOME=$LS_HOME/cache TMPDIR=$LS_HOME/tmp HOME=$LS_HOME
export OVERRIDE_IN_DOCKER=0            # a /.dockerenv on the host must not make it think it is in its container
export GATEWAY_LISTEN=127.0.0.1:$LS_PORT # the plugin's hook makes the server honour the loopback host
export LOCALSTACK_HOST=localhost:$LS_PORT
export DNS_ADDRESS=0 DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1
export LAMBDA_RUNTIME_EXECUTOR=process # plugin: runs a provided.* bootstrap as a local process
export PROVIDER_OVERRIDE_DYNAMODB=moto PROVIDER_OVERRIDE_DYNAMODBSTREAMS=moto # plugin
export LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC=0.05
export LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC=1
export SQS_ENDPOINT_STRATEGY=off       # plain /account/queue URLs: the others need DNS or break Terraform
