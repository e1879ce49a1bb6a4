# The recipe's stages as file dependencies: a checkpoint is made after the checkpoint that it starts
# from, and finished checkpoints are not made again. In the folder with lists/, weights/ and runs/:
#
#   make -f gld-train/recipe.mk RAW=gldv2 GPUS=8 runs/SER101ibn_512_all.safetensors
#
# trains SER101ibn_384, _384_finetune, _512_finetune and _512_all, in this order.

RAW ?= gldv2
GPUS ?= 1
# For a GPU with little memory, or a first try: OPTIONS='--set data.accumulate=8'.
OPTIONS ?=
CONFIGS := $(dir $(lastword $(MAKEFILE_LIST)))configs

.DELETE_ON_ERROR:
.SECONDARY:

runs/%.safetensors: $(CONFIGS)/%.toml
	mkdir -p runs
	gld-train --config $< --images $(RAW) --gpus $(GPUS) $(OPTIONS) -o $@

runs/R50_256_finetune.safetensors: runs/R50_256.safetensors
runs/RXt101ibn_384_finetune.safetensors: runs/RXt101ibn_384.safetensors
runs/RXt101ibn_512_finetune.safetensors: runs/RXt101ibn_384_finetune.safetensors
runs/RXt101ibn_512_all.safetensors: runs/RXt101ibn_512_finetune.safetensors
runs/ResNeSt101_384_finetune.safetensors: runs/ResNeSt101_384.safetensors
runs/ResNeSt101_512_finetune.safetensors: runs/ResNeSt101_384_finetune.safetensors
runs/ResNeSt101_512_all.safetensors: runs/ResNeSt101_512_finetune.safetensors
runs/ResNeSt269_448_finetune.safetensors: runs/ResNeSt269_448.safetensors
runs/ResNeSt269_512_finetune.safetensors: runs/ResNeSt269_448_finetune.safetensors
runs/ResNeSt269_512_all.safetensors: runs/ResNeSt269_512_finetune.safetensors
runs/SER101ibn_384_finetune.safetensors: runs/SER101ibn_384.safetensors
runs/SER101ibn_512_finetune.safetensors: runs/SER101ibn_384_finetune.safetensors
runs/SER101ibn_512_all.safetensors: runs/SER101ibn_512_finetune.safetensors
