using Microsoft.Win32.SafeHandles;

namespace Avion.Files;

/// <summary>
/// Opens what others laid into a folder: ordinary files only, because opening a pipe waits for a writer that may never come, and of no
/// more bytes than such a file can sensibly have.
/// </summary>
public static class RegularFile
{
    /// <summary>Whether there is an ordinary file of this name.</summary>
    public static bool Exists(string path) => FileStatus.Of(path).Kind == FileKind.File;

    /// <summary>Opens a file for reading at any position.</summary>
    /// <exception cref="FileNotFoundException">There is nothing.</exception>
    /// <exception cref="IOException">It is no ordinary file, or the system refuses.</exception>
    public static SafeFileHandle Open(string path)
    {
        Require(path);
        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
    }

    /// <summary>Opens a file for reading from its beginning.</summary>
    /// <exception cref="FileNotFoundException">There is nothing.</exception>
    /// <exception cref="IOException">It is no ordinary file, or the system refuses.</exception>
    /// <param name="path">The file.</param>
    /// <param name="bufferBytes">Small reads are served from so many bytes; 0 where the caller reads in large pieces.</param>
    public static FileStream OpenStream(string path, int bufferBytes = 1 << 16)
    {
        Require(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferBytes,
            FileOptions.SequentialScan);
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="InvalidDataException">It is larger than <paramref name="maximumBytes"/>.</exception>
    /// <exception cref="IOException">It is no ordinary file, or the system refuses.</exception>
    public static byte[] ReadAllBytes(string path, int maximumBytes)
    {
        using SafeFileHandle file = Open(path);
        long length = RandomAccess.GetLength(file);
        if (length > maximumBytes)
        {
            throw new InvalidDataException($"'{path}' has {length} bytes, expected at most {maximumBytes}.");
        }

        byte[] bytes = new byte[length];
        int count = RandomAccess.Read(file, bytes, 0);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    /// <summary>Reads the lines of a text, one after the other.</summary>
    /// <exception cref="InvalidDataException">It is larger than <paramref name="maximumBytes"/>.</exception>
    /// <exception cref="IOException">It is no ordinary file, or the system refuses.</exception>
    public static IEnumerable<string> ReadLines(string path, long maximumBytes = 1 << 27)
    {
        Require(path);
        using StreamReader reader = new(path);
        if (reader.BaseStream.Length > maximumBytes)
        {
            throw new InvalidDataException($"'{path}' has {reader.BaseStream.Length} bytes, expected at most {maximumBytes}.");
        }

        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Makes sure that a name, where it stands for anything, stands for an ordinary file.</summary>
    /// <exception cref="IOException">It is no ordinary file.</exception>
    public static void RequireUnlessMissing(string path)
    {
        if (FileStatus.Of(path).Kind != FileKind.Missing)
        {
            Require(path);
        }
    }

    private static void Require(string path)
    {
        switch (FileStatus.Of(path).Kind)
        {
            case FileKind.Missing:
                throw FileNames.FaultOf(path) is { } fault ? new IOException($"Cannot read '{path}': {fault}.")
                    : new FileNotFoundException($"There is no file '{path}'.", path);
            case FileKind.Loop:
                throw new IOException($"Cannot read '{path}': it is a link that leads to itself.");
            case FileKind.Special:
                throw new IOException($"Cannot read '{path}': it is a pipe, a socket or a device; an ordinary file is expected.");
            case FileKind.Folder:
                throw new IOException($"Cannot read '{path}': it is a folder; a file is expected.");
        }
    }
}
