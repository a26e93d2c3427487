"""`hipflask new` copies the starter under other names; `hipflask diff` shows what it has gained.

`command` and `updates` are the two commands. Both make a project with `project.make`: it takes the
text of the starter's files, changes what depends on the database (`databases`), and gives them the
project's names (`renames`). `answers` is what a project remembers, `base`, `changes` and `merge`
are the stages of an update. Git is used through `repository`.
"""
