"""For whoever teaches a class: handing out assignments, and collecting what was handed in.

python -m vaelab.classroom handout FOLDER
python -m vaelab.classroom collect FOLDER
"""
