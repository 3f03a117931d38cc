"""For whoever teaches a class: handing out assignments, and collecting what was handed in.

vaelab-classroom handout FOLDER
vaelab-classroom collect FOLDER

Not as `python -m vaelab.classroom` in a folder of what was handed in: a student's torch.py would be taken for PyTorch.
"""
