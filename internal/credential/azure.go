package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"graphpact/internal/readlimit"
)

// The variables of the Azure SDK, with its own meanings
// (https://pkg.go.dev/github.com/Azure/azure-sdk-for-go/sdk/azidentity#readme-environment-variables).
const (
	envTenant       = "AZURE_TENANT_ID"
	envClient       = "AZURE_CLIENT_ID"
	envSecret       = "AZURE_CLIENT_SECRET"
	envCertificate  = "AZURE_CLIENT_CERTIFICATE_PATH"
	envCertPassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
	envSendChain    = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"
	envFederated    = "AZURE_FEDERATED_TOKEN_FILE"
)

// azureToken is a credential of the Azure SDK, asked for one scope.
type azureToken struct {
	credential azcore.TokenCredential
	scope      string
	// within bounds one asking, retries included.
	within time.Duration
}

// Token asks for a token.
func (a azureToken) Token(ctx context.Context) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	t, err := a.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{a.scope}})
	if err != nil {
		return Token{}, errors.Join(err, ctx.Err()) // the SDK gives the end of the time as a text alone
	}
	if t.Token == "" {
		return Token{}, errNoToken
	}
	return Token{Value: t.Token, Expires: t.ExpiresOn}, nil
}

// How long one asking may take. A user has a quarter of an hour to enter a device code.
const (
	askTime    = time.Minute
	managedAsk = 30 * time.Second
	deviceAsk  = 20 * time.Minute
)

// azure makes the source of a method that asks Microsoft Entra ID.
func (s Settings) azure(guard *guard) (Source, error) {
	scope, err := s.scope()
	if err != nil {
		return nil, err
	}
	m, err := s.azureMethod(guard)
	if err != nil {
		return nil, err
	}
	c, within, err := m.open()
	if err != nil {
		return nil, err
	}
	return azureToken{credential: c, scope: scope, within: within}, nil
}

func (s Settings) azureMethod(guard *guard) (*azureMethod, error) {
	authority, known, err := s.authority()
	if err != nil {
		return nil, err
	}
	client, err := s.httpClient()
	if err != nil {
		return nil, err
	}
	m := &azureMethod{
		Settings: s, guard: guard, http: client,
		// An identity service that a user names is one that the user trusts; the Azure SDK
		// would ask login.microsoft.com about it.
		ownAuthority: !known,
		options: azcore.ClientOptions{
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: authority},
			Transport: client,
			Telemetry: policy.TelemetryOptions{ApplicationID: "graphpact"},
		},
	}
	if s.Method != MethodManaged { // which may have to wait for its identity to come up
		m.options.Retry = policy.RetryOptions{MaxRetries: 2, RetryDelay: 500 * time.Millisecond}
	}
	m.Tenant, m.ClientID = s.or(s.Tenant, envTenant), s.or(s.ClientID, envClient)
	return m, nil
}

// azureMethod makes credentials of the Azure SDK.
type azureMethod struct {
	Settings
	guard        *guard
	http         *http.Client
	ownAuthority bool
	options      azcore.ClientOptions
}

func (m *azureMethod) open() (azcore.TokenCredential, time.Duration, error) {
	var c azcore.TokenCredential
	var err error
	within := askTime
	switch m.Method {
	case MethodSecret:
		c, err = m.secret()
	case MethodCertificate:
		c, err = m.certificate()
	case MethodWorkload:
		c, err = m.workload()
	case MethodGitHub:
		c, err = m.github()
	case MethodManaged:
		within = managedAsk
		o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: m.options}
		if m.ClientID != "" {
			o.ID = azidentity.ClientID(m.ClientID)
		}
		c, err = azidentity.NewManagedIdentityCredential(o)
	case MethodCLI:
		c, err = azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: m.Tenant})
	case MethodDeviceCode:
		within = deviceAsk
		c, err = m.deviceCode()
	}
	return c, within, err
}

// application is an error where the tenant, the client, or one of the variables is not given.
func (m *azureMethod) application(variables ...string) error {
	var missing []string
	if m.Tenant == "" {
		missing = append(missing, envTenant+" (or --tenant)")
	}
	if m.ClientID == "" {
		missing = append(missing, envClient+" (or --client-id)")
	}
	for _, name := range variables {
		if m.env(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return m.needs(missing...)
	}
	return nil
}

func (m *azureMethod) secret() (azcore.TokenCredential, error) {
	secret := m.guard.learn(m.env(envSecret))
	if err := m.application(envSecret); err != nil {
		return nil, err
	}
	return azidentity.NewClientSecretCredential(m.Tenant, m.ClientID, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: m.options, DisableInstanceDiscovery: m.ownAuthority,
	})
}

func (m *azureMethod) certificate() (azcore.TokenCredential, error) {
	path, password := m.env(envCertificate), m.guard.learn(m.env(envCertPassword))
	if err := m.application(envCertificate); err != nil {
		return nil, err
	}
	data, err := readlimit.File(path, readlimit.Settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", envCertificate, err)
	}
	certs, key, err := azidentity.ParseCertificates(data, []byte(password))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: no certificate with its key can be read from it (PEM, or PFX with the password in %s): %s", envCertificate, path, envCertPassword, m.guard.mask(err.Error()))
	}
	return azidentity.NewClientCertificateCredential(m.Tenant, m.ClientID, certs, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: m.options, DisableInstanceDiscovery: m.ownAuthority,
		SendCertificateChain: m.env(envSendChain) == "1" || strings.EqualFold(m.env(envSendChain), "true"),
	})
}

// assertion makes a credential of what another issuer says of this client.
func (m *azureMethod) assertion(get func(context.Context) (string, error)) (azcore.TokenCredential, error) {
	return azidentity.NewClientAssertionCredential(m.Tenant, m.ClientID, func(ctx context.Context) (string, error) {
		assertion, err := get(ctx)
		return m.guard.learn(assertion), err
	}, &azidentity.ClientAssertionCredentialOptions{ClientOptions: m.options, DisableInstanceDiscovery: m.ownAuthority})
}

// workload is the federation of Kubernetes and others, who keep a token in a file.
func (m *azureMethod) workload() (azcore.TokenCredential, error) {
	path := m.env(envFederated)
	if err := m.application(envFederated); err != nil {
		return nil, err
	}
	return m.assertion(func(context.Context) (string, error) {
		assertion, err := readToken(path)
		if err != nil {
			return "", fmt.Errorf("%s: %w", envFederated, err)
		}
		return assertion, nil
	})
}

func (m *azureMethod) deviceCode() (azcore.TokenCredential, error) {
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: m.options, DisableInstanceDiscovery: m.ownAuthority, TenantID: m.Tenant, ClientID: m.ClientID,
		UserPrompt: func(_ context.Context, said azidentity.DeviceCodeMessage) error {
			_, err := io.WriteString(m.Prompt, "graphpact: "+strings.TrimSpace(said.Message)+"\n")
			return err
		},
	})
}
