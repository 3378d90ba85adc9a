environment        = "staging"
lambda_memory_size = 256
container_cpu      = 512
container_memory   = 1024
