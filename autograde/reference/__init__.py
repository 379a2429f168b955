"""Pure torch functions that know the answers: tensors in, tensors out, float64, any device.

One module a chapter. Functions take torch tensors where students take arrays, and plain numbers elsewhere.
"""
