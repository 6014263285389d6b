"""The application as servers and the command line find it."""

from liveapp import create_app
from liveapp.config import Settings

app = create_app(Settings.from_env())
