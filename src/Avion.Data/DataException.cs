namespace Avion.Data;

/// <summary>Data that is missing or wrong; the message says where, what was found, what was expected and what to do.</summary>
public class DataException : Exception
{
    public DataException(string message)
        : base(message)
    {
    }

    public DataException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>Carries on what a reader of files found.</summary>
    public DataException(FileFaultException fault)
        : base(fault.Message, fault)
    {
    }
}
