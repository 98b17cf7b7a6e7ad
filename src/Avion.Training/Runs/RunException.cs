namespace Avion.Training;

/// <summary>A run cannot start, go on, or be saved; the message says why and what to do.</summary>
public sealed class RunException : Exception
{
    public RunException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
