environment        = "prod"
lambda_memory_size = 512
container_cpu      = 1024
container_memory   = 2048
