namespace Avion.Files;

/// <summary>What a file holds cannot be read; <see cref="Fault"/> is the end of a sentence that begins with the file's name.</summary>
public sealed class FileFaultException : IOException
{
    /// <summary>States a fault where the file is not known; the reader that knows it adds it.</summary>
    public FileFaultException(string fault)
        : base(fault) => Fault = fault;

    /// <summary>States the fault of a file.</summary>
    public FileFaultException(string path, string fault, Exception? inner = null)
        : base($"Cannot read '{path}': {fault}.", inner) => (Path, Fault) = (path, fault);

    /// <summary>The file; null where only its reader knows it.</summary>
    public string? Path { get; }

    /// <summary>What is wrong, without a full stop.</summary>
    public string Fault { get; }
}
