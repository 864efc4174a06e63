import Dockerfile
