"""Whether a model can be fed step by step, and what is kept between steps.

`analyse.streaming` is the entry: graph and report → `data.Streaming`. `schedule` says when each
tensor is ready, `keeping` what a call keeps, `one_step` what a layer states on a single step, and
`work` what that costs. `kept_bytes` of a Streaming is the memory of one stream, a formula of sizes.
"""
