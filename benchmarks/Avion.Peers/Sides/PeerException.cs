namespace Avion.Peers;

/// <summary>A comparison that cannot be made, or must not be; the message says why.</summary>
internal sealed class PeerException(string message) : Exception(message);
