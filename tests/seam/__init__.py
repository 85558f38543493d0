"""The seam: other people's systems brought under the input contract, as the documentation says."""
