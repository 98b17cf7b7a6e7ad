namespace Avion.Files;

/// <summary>Whether folders take files.</summary>
public static class FolderAccess
{
    private const int Attempts = 3;

    /// <summary>Finds out whether a folder can be made and takes files; what is made to find out is removed again.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="isKept">Leave the folder that is made, for what is written into it next.</param>
    /// <returns>Why it does not, in a sentence; null where it does.</returns>
    public static Exception? WhyUnwritable(string folder, bool isKept = false)
    {
        List<string> made = [];
        for (string? part = Path.GetFullPath(folder); part is not null && !Path.Exists(part); part = Path.GetDirectoryName(part))
        {
            made.Add(part);
        }

        string there = made.Count == 0 ? folder : Path.GetDirectoryName(made[^1]) ?? made[^1];
        try
        {
            if (made.Count > 0)
            {
                Make(folder);
                if (isKept)
                {
                    made.Clear();
                }
            }
            else
            {
                string probe = Path.Combine(folder, $".avion-{Path.GetRandomFileName()}");
                new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1,
                    FileOptions.DeleteOnClose).Dispose();
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Explain(there, error);
        }
        finally
        {
            made.ForEach(RemoveEmpty);
        }
    }

    /// <summary>The system speaks of the whole path, and not of where the way there ends.</summary>
    private static Exception Explain(string there, Exception error) =>
        File.Exists(there) ? new IOException($"'{there}' is a file, no folder.", error)
        : error is FileNotFoundException or DirectoryNotFoundException ? new IOException($"'{there}' takes no files.", error)
        : error;

    /// <summary>Another process that looks at the same time may remove a parent again.</summary>
    private static void Make(string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(path);
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < Attempts)
            {
            }
        }
    }

    private static void RemoveEmpty(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else put a file there in the meantime: the folder is theirs.
        }
    }
}
