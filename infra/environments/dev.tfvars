environment         = "dev"
deletion_protection = false
