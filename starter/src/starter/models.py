"""What is stored. Knows neither Flask nor an engine, so scripts and asyncio use it as it is."""

from sqlalchemy import BigInteger, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The base of every model; the migrations are compared with its metadata."""

    # A database names by itself, each in its own way, what has no name, and a later migration
    # could not say what it wants to drop.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Message(Base):
    """A message, as the database stores it."""

    __tablename__ = "messages"
    # Else SQLite gives the id of a deleted last row again, and a cursor would pass over it.
    __table_args__ = {"sqlite_autoincrement": True}

    # SQLite counts only what is an INTEGER to the letter.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message: Mapped[str] = mapped_column(String(2000))

    def __repr__(self) -> str:
        return f"<Message(message={self.message!r})>"
