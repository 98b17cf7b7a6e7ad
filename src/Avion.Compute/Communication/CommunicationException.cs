namespace Avion.Compute;

/// <summary>A rank cannot exchange tensors with the others: they do not agree on the call, or one of them failed, ended or is late.</summary>
/// <remarks>The message names the ranks and their calls; the inner exception is that of the rank that failed first, if one did.</remarks>
public sealed class CommunicationException(string message, Exception? cause = null) : Exception(message, cause);
