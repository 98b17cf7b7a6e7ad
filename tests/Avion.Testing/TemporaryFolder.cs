namespace Avion.Testing;

/// <summary>A new folder that disappears with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Makes the folder.</summary>
    public TemporaryFolder() => FullName = Directory.CreateTempSubdirectory("avion-test-").FullName;

    /// <summary>Its absolute path.</summary>
    public string FullName { get; }

    /// <summary>A path inside the folder.</summary>
    public string File(params string[] parts) => Path.Combine([FullName, .. parts]);

    /// <summary>Removes the folder and what is in it.</summary>
    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
