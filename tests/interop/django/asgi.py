"""`daphne asgi:application`"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

http = get_asgi_application()

from consumers import ChatConsumer

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter(
            [re_path(r"ws/chat/(?P<room_name>\w+)/$", ChatConsumer.as_asgi())]
        ),
    }
)
