using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>The library inside libtorch that computes matrix products.</summary>
internal static unsafe partial class MatrixLibrary
{
    private const int MostBytes = 256;

    /// <summary>Its name and version: MKL in float32, the oneDNN that libtorch is built with in bfloat16.</summary>
    public static string Name(Workload workload) => workload.IsBFloat16 ? "its oneDNN" : "MKL " + MklVersion();

    /// <summary>Of a sentence such as <c>Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build … for …</c>, the number.</summary>
    private static string MklVersion()
    {
        byte* sentence = stackalloc byte[MostBytes];
        GetVersion(sentence, MostBytes);
        string[] words = (Marshal.PtrToStringUTF8((nint)sentence) ?? "").Split([' ', '-']);
        int version = Array.IndexOf(words, "Version") + 1;
        return version > 0 && version < words.Length ? words[version] : "";
    }

    [LibraryImport("libtorch_cpu.so", EntryPoint = "MKL_Get_Version_String")]
    private static partial void GetVersion(byte* sentence, int bytes);
}
