namespace Avion.Models;

/// <summary>A file of weights cannot be used; the message says which, why, and what to do.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Names the file and the fault.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">What is wrong, as the end of a sentence.</param>
    /// <param name="remedy">What to do next, as a sentence; empty if there is nothing to do but to get another file.</param>
    /// <param name="inner">The cause, if another exception tells it.</param>
    public CheckpointException(string path, string fault, string remedy = "", Exception? inner = null)
        : base($"Cannot use '{path}': {fault}.{(remedy.Length > 0 ? " " + remedy : "")}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
