# What `flask` is to load where no --app is given.
FLASK_APP=starter
