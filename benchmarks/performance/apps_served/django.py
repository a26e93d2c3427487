"""Django with its ORM, as an API that needs no middleware; connections are kept for ever.

https://docs.djangoproject.com/en/5.2/ref/databases/#persistent-connections
https://docs.djangoproject.com/en/5.2/ref/models/querysets/#values
https://docs.djangoproject.com/en/5.2/howto/deployment/wsgi/gunicorn/
"""

from __future__ import annotations

import json
import os

from django.conf import settings  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.db import models  # type: ignore[import-untyped]
from django.http import HttpRequest, JsonResponse  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]
from sqlalchemy import make_url

url = make_url(os.environ["SQLALCHEMY_URL"])

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": url.query["host"],
            "PORT": url.query["port"],
            "USER": url.username,
            "NAME": url.database,
            # Each of gunicorn's threads keeps its own, which costs less than OPTIONS["pool"].
            "CONN_MAX_AGE": None,
        }
    },
)
app = get_wsgi_application()


class Message(models.Model):  # type: ignore[misc]
    id = models.BigAutoField(primary_key=True)
    message = models.CharField(max_length=2000)

    class Meta:
        app_label = "messages"
        db_table = "messages"


def messages(request: HttpRequest) -> JsonResponse:
    """List a page, or create a message."""
    if request.method == "POST":
        row = Message.objects.create(message=json.loads(request.body)["message"])
        return JsonResponse({"id": row.id, "message": row.message}, status=201)
    limit = int(request.GET.get("limit", 100))
    after = int(request.GET.get("after", 0))
    page = Message.objects.filter(id__gt=after).order_by("id").values("id", "message")
    return JsonResponse(list(page[:limit]), safe=False)


urlpatterns = [path("messages", messages)]
